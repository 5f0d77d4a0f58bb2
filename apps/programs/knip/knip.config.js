export default { entry: ['src/main.js'], project: ['src/*.js'] };
