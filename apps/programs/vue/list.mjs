import { h } from 'vue';

export const List = {
  props: ['items'],
  render() {
    return h(
      'ul',
      this.items.map((item) => h('li', item)),
    );
  },
};
