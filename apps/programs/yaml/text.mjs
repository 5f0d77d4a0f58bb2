export const text = 'a: &a [1, 2]\nb: *a\nc: !!set { x, y }\n';
