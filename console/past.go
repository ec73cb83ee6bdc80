package console

import "srtm/access"

// pastRoutes are those about what was: episodes, what would have been, reports.
// What the Source does not have is not in them.
func (s *Server) pastRoutes() (all []route) {
	if s.source.Ledger != nil {
		all = append(all, episodeRoutes()...)
	}
	if s.source.Arrivals != nil {
		all = append(all, whatIfRoutes()...)
	}
	if s.source.Reports != nil {
		all = append(all, reportRoutes()...)
	}
	return all
}

func (s *Server) pastPages() (all []page) {
	if s.source.Ledger != nil {
		all = append(all, episodePages()...)
	}
	if s.source.Arrivals != nil {
		all = append(all, whatIfPages()...)
	}
	if s.source.Reports != nil {
		all = append(all, reportPages()...)
	}
	return all
}

func (s *Server) pastForms() (all []form) {
	if s.source.Ledger != nil && s.source.Acts != nil {
		all = append(all, form{"/episodes/{id}/reference", access.Operate, (*Server).referEpisode})
	}
	if s.source.Arrivals != nil {
		all = append(all, whatIfForms()...)
	}
	if s.source.Reports != nil {
		all = append(all, reportForms()...)
	}
	return all
}

func (s *Server) pastPlains() (all []plain) {
	if s.source.Reports != nil {
		all = append(all, reportPlains()...)
	}
	return all
}
