import type { Room } from '../server/room.ts';

export const quotas: Room = { name: 'quotas' };
