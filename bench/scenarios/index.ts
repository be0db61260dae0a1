import type { Scenario } from '../scenario.ts';
import { decisions } from './decisions.ts';
import { describeRepositories } from './describe-repositories.ts';
import { memory } from './memory.ts';
import { mixed } from './mixed.ts';
import { pushes } from './pushes.ts';
import { reads } from './reads.ts';
import { scale } from './scale.ts';
import { skopeo } from './skopeo.ts';
import { start } from './start.ts';

/** In the order in which they run and stand in the table. */
export const scenarios: readonly Scenario[] = [
  ...reads,
  ...pushes,
  mixed,
  skopeo,
  describeRepositories,
  ...decisions,
  start,
  scale,
  memory,
];
