import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const config: Room = { name: 'config', routes };
