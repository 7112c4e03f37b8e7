import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const conventions: Room = { name: 'conventions', routes };
