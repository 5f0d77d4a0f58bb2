import bmesCache from 'bmes-cache/vite';
import { defineConfig } from 'vite';

// The build for browsers is left alone.
export default defineConfig({ plugins: [bmesCache()] });
