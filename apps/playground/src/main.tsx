import '@fontsource-variable/inter'
import { render } from 'preact'
import { App } from './app.tsx'
import { keepForOffline } from './offline/keep-for-offline.ts'
import { startSession } from './state/session.ts'
import { followTheme } from './state/theme.ts'
import './styles/index.css'

followTheme()
render(<App session={startSession()} />, document.getElementById('app')!)
keepForOffline()
