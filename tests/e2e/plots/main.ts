import { mount } from 'svelte'
import '../../../src-renderer/app/tokens.css'
import '../../../src-renderer/app/base.css'
import Plots from './Plots.svelte'

mount(Plots, { target: document.getElementById('app')! })
