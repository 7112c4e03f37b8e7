import type { Room } from '../server/room.ts';

export const scopes: Room = { name: 'scopes' };
