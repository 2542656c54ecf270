terraform import aksaccess_named_location.offices 33333333-3333-3333-3333-333333333333
