"""The programme's workers, one file each, as `leading-together run` names them."""
