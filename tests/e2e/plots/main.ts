import { mount } from 'svelte'
import '../../../src-renderer/app/styles.css'
import Plots from './Plots.svelte'

mount(Plots, { target: document.getElementById('app')! })
