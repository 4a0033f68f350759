# Sets EZVTB Avatar up. -Launch: and shows it in OBS. -Test: and runs every test. -Uninstall: removes it.
# -Download FOLDER: gathers what a computer without a network needs. -Offline FOLDER: installs from there.
# -Runtime cpu, cuda, directml, tensorrt or tensorrt-rtx: what computes the avatar; else the graphics card decides.
# Only what must happen before there is a Python is done here; the rest is `python -m ezvtb.setup`.
[CmdletBinding(PositionalBinding = $false)]
param(
    [switch]$Launch, [switch]$Test, [switch]$Uninstall, [switch]$Yes,
    [string]$Download, [string]$Platform, [string]$Python, [string]$Offline, [string]$Runtime
)

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

$found = Find-Python
if (-not $found) {
    Write-Host 'There is no 64-bit Python from 3.10 to 3.14 here. Install one: winget install Python.Python.3.12'
    Write-Host 'Then open a new window and run this again.'
    exit 1
}

$arguments = @()
if ($Launch) { $arguments += '--launch' }
if ($Test) { $arguments += '--test' }
if ($Uninstall) { $arguments += '--uninstall' }
if ($Yes) { $arguments += '--yes' }
if ($Download) { $arguments += '--download', $Download }
if ($Platform) { $arguments += '--platform', $Platform }
if ($Python) { $arguments += '--python', $Python }
if ($Offline) { $arguments += '--offline', $Offline }
if ($Runtime) { $arguments += '--runtime', $Runtime }
$env:PYTHONPATH = Join-Path $PSScriptRoot 'core'
$words = @($found -split ' ')
$options = @($words | Select-Object -Skip 1)
& $words[0] @options -m ezvtb.setup @arguments
exit $LASTEXITCODE
