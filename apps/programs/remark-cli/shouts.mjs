export default function shouts() {
  return (tree, file) => file.message(`${tree.children.length} children`);
}
