package policy

import (
	"fmt"

	"srtm/duis"
)

// split makes each User ID of the accounts an account of its own, in their order.
func split(accounts []Account, found *findings) []Account {
	var all []Account
	for _, a := range accounts {
		index := make(map[duis.EUI64]int, len(a.Rows))
		for _, row := range a.Rows {
			i, seen := index[row.UserID]
			if !seen {
				i = len(all)
				index[row.UserID] = i
				all = append(all, a.ofUser(row, found))
			}
			all[i].Rows = append(all[i].Rows, row)
		}
	}
	return all
}

// ofUser returns the account of a row's User ID, without rows.
func (a Account) ofUser(row Row, found *findings) Account {
	name := fmt.Sprintf("%s.%016X", a.Name, uint64(row.UserID))
	if most := maxAccountName - (len(name) - len(a.Name)); len(a.Name) > most {
		found.add(a.at, "account", fmt.Sprintf("with allocation.per: user this User ID's account would be %s, longer than %d characters", name, maxAccountName),
			fmt.Sprintf("write a name of at most %d characters", most))
	}
	return Account{Name: name, ServiceUser: a.ServiceUser, DisplayName: fmt.Sprintf("%s (%v)", a.DisplayName, row.UserID), at: row.at}
}
