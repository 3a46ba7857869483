"""The look and the manners of the admin pages: badges, facts, panels, forms, small charts.

Like `measures` it stands beside the house: every app's `admin` may use it, and it imports
nothing of ours. It holds no rule of the domain and changes nothing; what a page does is one
call into a service, given by the app that owns the page.
"""
