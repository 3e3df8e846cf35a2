"""How far slow work is: whoever does it says so, whoever wants to know listens."""

from dlsuite.progress.display import Display as Display
from dlsuite.progress.display import shown as shown
from dlsuite.progress.pieces import amount as amount
from dlsuite.progress.pieces import duration as duration
from dlsuite.progress.work import Listener as Listener
from dlsuite.progress.work import Work as Work
from dlsuite.progress.work import followed as followed
from dlsuite.progress.work import heard as heard
from dlsuite.progress.work import listening as listening
from dlsuite.progress.work import tell as tell
from dlsuite.progress.work import working as working
