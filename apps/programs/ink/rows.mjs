export const rows = ['one', 'two'];
