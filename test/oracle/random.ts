/** Choices that are the same for the same seed, on every machine and for ever: verdicts are kept for them. */
export interface Random {
  /** A whole number from 0 up to `bound`, without it. */
  below(bound: number): number;
  /** True so many times of a hundred. */
  chance(percent: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** From `least` to `most` picks. */
  some<T>(choices: readonly T[], least: number, most: number): T[];
}

/** A generator of 32 bits whose state is its seed (Weyl sequence, mixed as in MurmurHash3). */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed, 0x85ebca6b) | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  };
  const below = (bound: number): number => next() % bound;
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)] as T;
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick,
    some: (choices, least, most) => Array.from({ length: least + below(most - least + 1) }, () => pick(choices)),
  };
}
