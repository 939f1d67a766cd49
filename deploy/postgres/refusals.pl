# PostgreSQL's log: its own news, and who was refused what and when; nothing that clients sent. The
# same as services/engines/refusals.py, with the reasons there, for an image that has no Python.
use strict;
use warnings;

$| = 1;
my $ours = "-" x 48;
my ($keeping, $begun) = (1, 0);
while (my $line = <STDIN>) {
    if ($line =~ /^\Q$ours\E (\S+ \S+ \S+ \[\d+\]) (?:(\S*\@\S*) (\w{5}) )?([A-Z]+):  (.*)$/) {
        my ($when, $who, $state, $level, $text) = ($1, $2, $3, $4, $5);
        $begun = 1;
        $keeping = $level =~ /^(?:LOG|FATAL|PANIC)$/;
        if ($keeping) {
            print $when, defined $who ? " $who" : "", " $level:  $text\n";
        } elsif ($level eq "ERROR" && ($state // "") eq "42501") {
            my $named = $text =~ /^permission denied for (?:table|view|schema|sequence|function|database) "?\w{1,63}"?$/a;
            print "$when $who REFUSED:  ", $named ? $text : "what was asked for is not allowed", "\n";
        }
    } else {
        $keeping = !$begun unless $line =~ /^\t/;
        print $line if $keeping;
    }
}
