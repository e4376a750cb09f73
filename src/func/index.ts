export { type GradcheckOptions, gradcheck, gradgradcheck } from './gradcheck.ts';
