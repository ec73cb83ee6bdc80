package access

import (
	"context"
	"slices"
	"testing"
)

func TestWhatRolesMay(t *testing.T) {
	rights := []Right{See, SeeAll, Operate, Approve, Investigate}
	for _, row := range []struct {
		rule   string
		person Person
		may    []Right
		sees   bool // another account's numbers
	}{
		{"nobody may nothing", Person{}, nil, false},
		{"a viewer sees everything", Person{Roles: []Role{Viewer}}, []Right{See, SeeAll}, true},
		{"an operator also acts", Person{Roles: []Role{Operator}}, []Right{See, SeeAll, Operate}, true},
		{"an approver approves and does not act", Person{Roles: []Role{Approver}}, []Right{See, SeeAll, Approve}, true},
		{"an investigator sees single requests", Person{Roles: []Role{Investigator}}, []Right{See, SeeAll, Investigate}, true},
		{"roles add up", Person{Roles: []Role{Operator, Approver}}, []Right{See, SeeAll, Operate, Approve}, true},
		{"a Service User sees itself", Person{Roles: []Role{ServiceUser}, Account: "BRAVO"}, []Right{See}, false},
		{"a Service User without an account is nobody", Person{Roles: []Role{ServiceUser}}, nil, false},
		{"a Service User with another role is nobody", Person{Roles: []Role{ServiceUser, Viewer}, Account: "BRAVO"}, nil, false},
		{"a viewer with an account is nobody", Person{Roles: []Role{Viewer}, Account: "BRAVO"}, nil, false},
		{"a role that there is not is none", Person{Roles: []Role{"root"}}, nil, false},
	} {
		for _, r := range append(rights, "everything", "") {
			if got, want := row.person.May(r), slices.Contains(row.may, r); got != want {
				t.Errorf("%s: May(%q) is %v", row.rule, r, got)
			}
		}
		if got := row.person.MaySee("ALPHA"); got != row.sees {
			t.Errorf("%s: MaySee of ALPHA is %v", row.rule, got)
		}
		if own := row.person.MaySee("BRAVO"); own != (len(row.may) > 0) {
			t.Errorf("%s: MaySee of BRAVO is %v", row.rule, own)
		}
		if row.person.MaySee("") != row.person.May(SeeAll) {
			t.Errorf("%s: the account without a name is somebody's", row.rule)
		}
	}
}

func TestContext(t *testing.T) {
	if _, ok := From(context.Background()); ok || Still(context.Background()) {
		t.Error("somebody is in an empty context")
	}
	ctx := With(context.Background(), Person{Name: "j.smith"})
	if p, ok := From(ctx); !ok || p.Name != "j.smith" || !Still(ctx) {
		t.Errorf("With and From: %+v %v", p, ok)
	}
}
