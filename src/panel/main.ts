/** The panel's page: joins the list to the editor that shows it. */
import type { PanelRequest, PanelUpdate } from '../contract/panelApi.ts';
import { DownloadsElement } from './downloadsElement.ts';
import { pageStyles } from './pageStyles.ts';

declare function acquireVsCodeApi(): { postMessage(message: PanelRequest): void };

const editor = acquireVsCodeApi();
const page = document.querySelector('tributary-downloads');
if (!(page instanceof DownloadsElement)) throw new Error('The page has no list.');
if (pageStyles.styleSheet) document.adoptedStyleSheets.push(pageStyles.styleSheet);
page.post = (request) => editor.postMessage(request);
window.addEventListener('message', (event: MessageEvent<PanelUpdate>) => page.receive(event.data));
page.post({ type: 'ready' });
