// Package calendar knows the Working Days of England and Wales, by which the Code
// says when something is due: days that are neither a Saturday nor a Sunday nor a
// bank holiday. It knows no clock and no time zone but the one of the time it is
// given.
package calendar
