export default { singleQuote: true, printWidth: 80 };
