import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const explain: Room = { name: 'explain', routes };
