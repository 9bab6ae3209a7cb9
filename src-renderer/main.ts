import { mount } from 'svelte'
import './app/tokens.css'
import './app/base.css'
import App from './app/App.svelte'
import { connect } from './state/client.ts'
import { workbench } from './state/store.svelte.ts'

const { client, shell } = connect()
workbench.start(client, shell)
const target = document.getElementById('app')
if (target) mount(App, { target })
