/**
 * What core layers seldom need. init() brings it, with the extended surface, before there is a tensor to use it on: so a page
 * that never needs it does not wait for it.
 */
import type { refusePositional } from './arguments-by-name.ts';
import type { checkPaddingMode, padForConv } from './functional/conv-padding.ts';

export const late = {} as {
  checkPaddingMode: typeof checkPaddingMode;
  padForConv: typeof padForConv;
  refusePositional: typeof refusePositional;
};
