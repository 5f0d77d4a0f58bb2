export const source = `<script>let { name } = $props(); let n = $state(1);</script>
<h1>Hello {name}</h1>{#each [1, 2, 3] as i}<li>{i * n}</li>{/each}
<style>h1 { color: red; }</style>`;
