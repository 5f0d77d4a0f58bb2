import { hydrateRoot } from 'react-dom/client';
import { App } from './App.jsx';

const root = document.getElementById('app');
hydrateRoot(root, <App {...JSON.parse(root.dataset.props)} />);
