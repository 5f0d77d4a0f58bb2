export const site = 'https://first.example';
