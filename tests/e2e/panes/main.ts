import { mount } from 'svelte'
import '../../../src-renderer/app/styles.css'
import Panes from './Panes.svelte'

mount(Panes, { target: document.getElementById('app')! })
