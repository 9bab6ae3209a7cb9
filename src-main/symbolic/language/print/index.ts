// Formulas in other languages, one file for each. Programs get all digits of a constant, readers four.
export { cNames, printC } from './c.ts'
export { juliaNames, printJulia } from './julia.ts'
export { latexName, printLatex } from './latex.ts'
export { printNumpy } from './numpy.ts'
export { isPythonName } from './python.ts'
export { withoutDoubleSigns } from './reading.ts'
export { printSympy } from './sympy.ts'
export { printText } from './text.ts'
