import type { Room } from '../server/room.ts';
import { routes } from './routes.ts';

export const quotas: Room = { name: 'quotas', routes };
