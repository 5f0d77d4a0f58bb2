// `--import bmes-cache/register`: it is there for what it does, and exports nothing.
// oxlint-disable-next-line unicorn/require-module-specifiers -- that is what makes it a module
export {};
