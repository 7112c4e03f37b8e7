import type { Room } from '../server/room.ts';

export const rses: Room = { name: 'rses' };
