"""From a face tracker's packets to the 45 pose parameters. Standard library only: this runs inside OBS."""
