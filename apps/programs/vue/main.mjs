import { createSSRApp, h, ref } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { List } from './list.mjs';

const app = createSSRApp({
  setup() {
    const items = ref(['a', 'b']);
    return () => h('main', [h(List, { items: items.value })]);
  },
});
console.log(await renderToString(app));
