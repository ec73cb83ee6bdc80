package report

// column is one column that tables may have. It means the same wherever it
// stands; docs/reports.md has the same words.
type column struct {
	id      string // stable: the CSV's and the XLSX's heading
	title   string // the HTML's heading
	unit    string // of what HTML shows, and of CSV and XLSX but where sheetUnit says otherwise
	form    form
	meaning string
}

// name is a column's place in the catalogue.
type name int

// The columns, in the order in which a CSV file has them.
const (
	cDay name = iota
	cMonth
	cEpisode
	cFrom
	cTo
	cFromMinute
	cToMinute
	cEnding
	cAt
	cAccount
	cName
	cTrigger
	cProcess
	cService
	cVariant
	cVariantName
	cUserID
	cRoles
	cTarget
	cCounter
	cOffered
	cForwarded
	cThrottled
	cSpare
	cForwardedShare
	cThrottledShare
	cOfferedShare
	cBefore
	cChange
	cChangeShare
	cCost
	cTopUps
	cAllocation
	cDepth
	cPeak
	cPeakAt
	cPeakShare
	cPeakSecond
	cPeakSecondAt
	cPeakForwarded
	cThresholdShare
	cThreshold
	cCapacity
	cActive
	cActiveAbout
	cBound
	cActiveDays
	cEpisodes
	cEpisodesThrottled
	cOver
	cFirstRefusal
	cLastRefusal
	cRefusedSeconds
	cWait
	cReads
	cAdvice
	cRefusals
	cRequests
	cLater
	cLikely
	cNever
	cOpen
	cNotFollowed
	cLaterP50
	cLaterP95
	cLikelyP50
	cLikelyP95
	cAnswers
	cP50
	cP95
	cP99
	cDSPErrors
	cFailed
	cBusy
	cClientLeft
	cUnknown
	cBroken
	cJudged
	cUnused
	cPressedSeconds
	cPressedUnused
	cPressedShare
	cHungry
	cHungrySeconds
	cDue
	cGot
	cGotShare
	cShortfall
	cJain
	cWorst
	cWorstShare
	cMinute
	cUnavailable
	cImpaired
	cNotRunning
	cWithout
	cLack
	cStarts
	cCrashes
	cPolicy
	cDigest
	cEnvironment
	cWeight
	cWeights
	cMinimum
	cBurst
	cWho
	cWhat
	cWhy
	cUntil
	cAssured
	cSpareBucket
	cPool
	cRequestCost
	cRetryAfter
	cPosition
	cFirstPosition
	cLastPosition
	cTrend
	cTrendLow
	cTrendHigh
	cTrendDays
	cLevel
	cMonthsTo
	cMonthsSoonest
	cMonthsLatest
	cAbout
	cAboutForwarded
	cThrottledBand
	cShadow
	cThrottledUsers
	cPeakBand
	cShareAbout
	cP50About
	cP95About
	cP99About
	cFailedBand
	cFile
	cDecisions
	cOutcomes
	cOffset
	cVersion
	cNode
	cLine
	names
)
