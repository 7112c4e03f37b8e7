import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const scopes: Room = { name: 'scopes', routes };
