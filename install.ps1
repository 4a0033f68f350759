# Sets EZVTB Avatar up. -Launch: and shows it in OBS. -Test: and runs every test.
# Only what must happen before there is a Python environment is done here; the rest is `python -m ezvtb.setup`.
param([switch]$Launch, [switch]$Test)

$venv = Join-Path $PSScriptRoot '.venv'
$python = Join-Path $venv 'Scripts\python.exe'

# Whether a Python runs a line; what it complains about doesn't matter.
function Test-Python($Words, $Line) {
    if (-not (Get-Command $Words[0] -ErrorAction SilentlyContinue)) { return $false }
    $options = @($Words | Select-Object -Skip 1)
    & $Words[0] @options -c $Line 2>&1 | Out-Null
    return $LASTEXITCODE -eq 0
}

# OBS loads no Python newer than 3.12, so one that serves both comes first.
function Find-Python {
    $line = 'import sys; sys.exit(not ((3, 10) <= sys.version_info < (3, 15) and sys.maxsize > 2**32))'
    foreach ($candidate in 'py -3.12', 'py -3.11', 'py -3.10', 'py -3.13', 'py -3.14', 'python', 'python3') {
        if (Test-Python @($candidate -split ' ') $line) { return $candidate }
    }
}

# pip is asked too: an environment that was interrupted, or whose Python is gone, has a python and no pip.
if (-not (Test-Python @($python) 'import pip')) {
    $found = Find-Python
    if (-not $found) {
        Write-Host 'There is no 64-bit Python from 3.10 to 3.14 here. Install one: winget install Python.Python.3.12'
        Write-Host 'Then open a new window and run this again.'
        exit 1
    }
    Write-Host "Making the Python environment .venv with $found ..."
    $words = @($found -split ' ')
    $options = @($words | Select-Object -Skip 1)
    & $words[0] @options -m venv --clear $venv
    if ($LASTEXITCODE -ne 0) {
        Write-Host 'The environment could not be made. Close OBS, then run this again.'
        exit 1
    }
}

$arguments = @()
if ($Launch) { $arguments += '--launch' }
if ($Test) { $arguments += '--test' }
$env:PYTHONPATH = Join-Path $PSScriptRoot 'core'
& $python -m ezvtb.setup @arguments
exit $LASTEXITCODE
