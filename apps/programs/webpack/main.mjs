import path from 'node:path';
import webpack from 'webpack';
import { definitions } from './definitions.mjs';

const compiler = webpack({
  mode: 'production',
  entry: './src/index.js',
  output: { path: path.resolve('out') },
  plugins: [new webpack.DefinePlugin(definitions)],
});
compiler.run((error, stats) => {
  if (error) throw error;
  const { errors, modules } = stats.toJson({ all: false, errors: true, modules: true });
  console.log(errors.length, modules.map((module) => module.name).sort());
  compiler.close(() => {});
});
