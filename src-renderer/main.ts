import { mount } from 'svelte'
import './app/styles.css'
import App from './app/App.svelte'
import { connect } from './state/client.ts'
import { Workbench } from './state/workbench.svelte.ts'

const workbench = new Workbench()
workbench.start(connect())
const target = document.getElementById('app')
if (target) mount(App, { target, props: { workbench } })
