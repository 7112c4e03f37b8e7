import type { Room } from '../server/room.ts';

export const recovery: Room = { name: 'recovery' };
