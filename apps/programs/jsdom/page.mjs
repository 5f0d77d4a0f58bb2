export const html = `<title>Title</title><style>p { color: red }</style><ul><li>1<li>2</ul><p>text
<script>document.body.dataset.ran = 'yes'</script>`;
