import { parse } from 'marked';
import './style.css';

document.title = TITLE;
document.body.innerHTML = parse('*text*');
