import type { HttpServer } from '@leman/foundation';
import type { Lake } from '../lake.ts';
import { requireToken } from './require-token.ts';

export const routes = (server: HttpServer, lake: Lake): void => {
  requireToken(server, lake);
};
