/**
 * How closely the crash tests look: at each single step where time is no object (`CI=true`, or STOWAGE_EVERY_STEP=1), else
 * at every fifth, beginning anywhere among the first five, so that every step has its turn sooner or later.
 */
export const atEveryStep = process.env['CI'] === 'true' || process.env['STOWAGE_EVERY_STEP'] === '1';

const stride = 5;

/** The step to be killed at first. */
export const firstStep = (): number => (atEveryStep ? 1 : 1 + Math.floor(Math.random() * stride));

/** The one after `step`. */
export const stepAfter = (step: number): number => step + (atEveryStep ? 1 : stride);
