import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const accounts: Room = { name: 'accounts', routes };
