# Sets EZVTB Avatar up. -Launch: and shows it in OBS. -Test: and runs every test. -Uninstall: removes it.
# -Download FOLDER: gathers what a computer without a network needs. -Offline FOLDER: installs from there.
# -Runtime cpu, cuda, directml, tensorrt or tensorrt-rtx: what computes the avatar; else the graphics card decides.
# -NoPython: a Python that is missing isn't installed, only named.
# Only what must happen before there is a Python is done here; the rest is `python -m ezvtb.setup`.
[CmdletBinding(PositionalBinding = $false)]
param(
    [switch]$Launch, [switch]$Test, [switch]$Uninstall, [switch]$Yes, [switch]$NoPython,
    [string]$Download, [string]$Platform, [string]$Python, [string]$Offline, [string]$Runtime
)

# The newest Python that OBS loads; the sha256 is of its installer (core/ezvtb/setup/python_installer.py has it too).
$installer = 'python-3.12.10-amd64.exe'
$sha256 = '67b5635e80ea51072b87941312d00ec8927c4db9ba18938f7ad2d27b328b95fb'

# Whether a Python runs a line; what it complains about doesn't matter.
function Test-Python($Words, $Line) {
    if (-not (Get-Command $Words[0] -ErrorAction SilentlyContinue)) { return $false }
    $options = @($Words | Select-Object -Skip 1)
    & $Words[0] @options -c $Line 2>&1 | Out-Null
    return $LASTEXITCODE -eq 0
}

# The command of a Python, as words; OBS loads no Python newer than 3.12, so one that serves both comes first.
function Find-Python {
    $line = 'import sys; sys.exit(not ((3, 10) <= sys.version_info < (3, 15) and sys.maxsize > 2**32))'
    foreach ($name in 'py -3.12', 'py -3.11', 'py -3.10', 'py -3.13', 'py -3.14', 'python', 'python3') {
        $words = @($name -split ' ')
        if (Test-Python $words $line) { return $words }
    }
    # One that was installed a moment ago isn't in this window's PATH.
    $key = 'HKCU:\SOFTWARE\Python\PythonCore\3.12\InstallPath'
    $noted = (Get-ItemProperty -LiteralPath $key -ErrorAction SilentlyContinue).ExecutablePath
    if ($noted -and (Test-Python @($noted) $line)) { return $noted }
}

# For this user's account only. -Uninstall leaves it: other programs may use it.
function Install-Python {
    if ($Offline) {
        $file = Get-Item -LiteralPath (Join-Path $Offline $installer) -ErrorAction SilentlyContinue
        if (-not $file) { return }
        $is = (Get-FileHash -LiteralPath $file.FullName).Hash
        if ($is -ne $sha256) { return Write-Host "$($file.FullName) is altered or incomplete." }
        Write-Host "There is no Python here. Installing it for your user account from $($file.FullName) ..."
        $options = '/quiet', 'InstallAllUsers=0', 'InstallLauncherAllUsers=0', 'Include_test=0'
        Start-Process -FilePath $file.FullName -ArgumentList $options -Wait
    } elseif (Get-Command winget -ErrorAction SilentlyContinue) {
        Write-Host 'There is no Python here. winget gets Python 3.12 from python.org, about 30 MB, for your account only ...'
        winget install --exact --id Python.Python.3.12 --source winget --architecture x64 --scope user --silent `
            --accept-package-agreements --accept-source-agreements
    }
}

$found = @(Find-Python)
if ($found.Count -eq 0 -and -not ($NoPython -or $Uninstall)) {
    Install-Python
    $found = @(Find-Python)
}
if ($found.Count -eq 0) {
    Write-Host 'There is no 64-bit Python from 3.10 to 3.14 here. Install one: winget install Python.Python.3.12'
    $place = if ($Offline) { "put it into $Offline" } else { 'run it' }
    Write-Host "Or get https://www.python.org/ftp/python/3.12.10/$installer and $place. Then run this again in a new window."
    exit 1
}

$arguments = @()
if ($Launch) { $arguments += '--launch' }
if ($Test) { $arguments += '--test' }
if ($Uninstall) { $arguments += '--uninstall' }
if ($Yes) { $arguments += '--yes' }
if ($NoPython) { $arguments += '--no-python' }
if ($Download) { $arguments += '--download', $Download }
if ($Platform) { $arguments += '--platform', $Platform }
if ($Python) { $arguments += '--python', $Python }
if ($Offline) { $arguments += '--offline', $Offline }
if ($Runtime) { $arguments += '--runtime', $Runtime }
$env:PYTHONPATH = Join-Path $PSScriptRoot 'core'
$options = @($found | Select-Object -Skip 1)
& $found[0] @options -m ezvtb.setup @arguments
exit $LASTEXITCODE
