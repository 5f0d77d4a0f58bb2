import './cli.mjs';
