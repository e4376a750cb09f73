export { gradcheck, type GradcheckOptions, gradgradcheck } from './gradcheck.ts';
